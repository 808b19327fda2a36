export function UsersPage(): null { return null; }
