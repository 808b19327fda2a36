/** A UUID that says which kind of thing it names, so that a machine's id cannot be passed for a host's. */
export type Id<Kind extends string> = string & { readonly __kind: Kind };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
