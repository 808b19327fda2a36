/** Does it to each, so many at a time, in their order. `act` does not throw. */
export async function eachOf<T>(
  all: readonly T[],
  atATime: number,
  act: (each: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, all.length) }, work));
}
