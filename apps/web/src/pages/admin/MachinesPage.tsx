export function MachinesPage(): null { return null; }
