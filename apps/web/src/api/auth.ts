import { createAuthClient } from 'better-auth/client';

const auth = createAuthClient({ basePath: '/api/auth' });

export type SignIn = { kind: 'done' } | { kind: 'refused'; message: string };

const TOO_MANY_TRIES = 429;

export async function signIn(email: string, password: string): Promise<SignIn> {
  const { error } = await auth.signIn.email({ email, password });
  if (error === null) return { kind: 'done' };
  if (error.status === TOO_MANY_TRIES) {
    return { kind: 'refused', message: 'Too many tries. Wait a minute, then try again.' };
  }
  if (error.status === 401) return { kind: 'refused', message: 'E-mail or password is not right.' };
  return { kind: 'refused', message: error.message ?? 'Orangery cannot be reached. Try again in a moment.' };
}

export async function signOut(): Promise<void> {
  await auth.signOut();
}
