import type { Accelerator, MachineDescription, Mark } from '@orangery/hypervisor';

/** The description of a machine of ours; a template and its forks differ in name, disk and mark alone. */
export function describeMachine(of: {
  installation: { id: string; generation: number };
  kind: Mark['kind'];
  id: string;
  name: string;
  cpus: number;
  memoryMib: number;
  disk: { pool: string; volume: string };
  accelerator: Accelerator;
}): MachineDescription {
  return {
    id: of.id,
    name: of.name,
    mark: {
      installationId: of.installation.id,
      generation: of.installation.generation,
      kind: of.kind,
      rowId: of.id,
    },
    cpus: of.cpus,
    memoryMib: of.memoryMib,
    firmware: 'bios',
    disk: of.disk,
    nics: [],
    accelerator: of.accelerator,
    cpu: of.accelerator === 'kvm' ? { mode: 'hostModel' } : { mode: 'maximum' },
    display: { width: 1280, height: 800 },
  };
}
