import { TENANT_HEADER } from '@orangery/contract';

/** Which tenant an operator looks into; each tab has its own. */
const KEY = 'orangery.tenant';

/** Its id; null: their own. */
export const lookedInto = (): string | null => sessionStorage.getItem(KEY);

/** Looks into a tenant, or (null) home again. A page of its own: nothing of the other is left in it. */
export function lookInto(id: string | null): void {
  if (id === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, id);
  location.assign('/admin');
}

/** What requests carry, so that they are about that tenant. */
export function tenantHeaders(): Record<string, string> {
  const id = lookedInto();
  return id === null ? {} : { [TENANT_HEADER]: id };
}
