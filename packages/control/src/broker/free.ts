import type { MachinePhase } from '@orangery/contract';

/** Of machines that nobody has: the nearest to ready first. */
export const FREE_PHASES = ['ready', 'identifying', 'cloning', 'planned'] as const;

/** What a session says of the machine that it was given. */
export function reasonFor(machine: { name: string; phase: MachinePhase }, own: boolean): string {
  if (own)
    return machine.phase === 'ready' ? `${machine.name} is yours` : `${machine.name} is yours and is started`;
  return machine.phase === 'ready'
    ? `${machine.name} was ready`
    : `${machine.name} is being made and was the nearest to ready`;
}
