export function AuditPage(): null { return null; }
