export function OverviewPage(): null { return null; }
