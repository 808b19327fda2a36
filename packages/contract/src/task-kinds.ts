import type { Right } from './roles.ts';

/** What takes long, and by which right it is seen, and stopped or tried again. */
export const taskRights = {
  image: { look: 'images.look', change: 'images.change' },
  template: { look: 'images.look', change: 'images.change' },
  rollout: { look: 'pools.look', change: 'pools.change' },
  maintenance: { look: 'machines.look', change: 'machines.change' },
  dedupe: { look: 'installation', change: 'installation' },
} as const satisfies Readonly<Record<string, { look: Right; change: Right }>>;
export type TaskKind = keyof typeof taskRights;
export const taskKinds = Object.keys(taskRights) as [TaskKind, ...TaskKind[]];
