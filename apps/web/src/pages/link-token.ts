/** `#token=…`: a fragment is never sent, so that the token is in no server's log. */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  // Nor does it stay in the history or under the eyes of who looks over a shoulder.
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
