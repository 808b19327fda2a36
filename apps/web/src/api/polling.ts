/** While something changes, and otherwise. Queries pause by themselves while the page is hidden. */
const CHANGING_MS = 1_000;
const CALM_MS = 5_000;

export function pollMs(isChanging: boolean): number {
  return isChanging ? CHANGING_MS : CALM_MS;
}
