export function SessionsPage(): null { return null; }
