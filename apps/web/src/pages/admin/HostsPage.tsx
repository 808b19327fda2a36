export function HostsPage(): null { return null; }
