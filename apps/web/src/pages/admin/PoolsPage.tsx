export function PoolsPage(): null { return null; }
