/** Throws when something that must always hold does not: a bug of ours, never bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** For the `default` of a switch that must be exhaustive. */
export function unreachable(value: never): never {
  throw new Error(`invariant broken: unexpected value ${JSON.stringify(value)}`);
}
