import { access } from 'node:fs/promises';

/** Whether something is there that we may see. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
