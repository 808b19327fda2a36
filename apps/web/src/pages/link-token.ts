/** What the address asks for, taken out of it: it is right once, and nothing for the history. */
export function takeQuery(): string {
  const query = location.search.slice(1);
  if (query !== '') history.replaceState(history.state, '', location.pathname);
  return query;
}

/** `#token=…`: a fragment is never sent, so that the token is in no server's log. */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  // Nor does it stay in the history or under the eyes of who looks over a shoulder.
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
