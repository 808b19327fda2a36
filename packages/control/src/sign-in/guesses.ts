import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { type Bucket, bucketsOf, GUESS_WINDOW_MS, networkOf, type Place, QUIET_MAX_MS } from './policy.ts';

const KNOWN_DEVICE_DAYS = 400;
const KNOWN_ADDRESS_DAYS = 90;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const deviceKey = (device: string): Buffer => sha256(`device ${device}`);
const addressKey = (address: string): Buffer => sha256(`address ${networkOf(address)}`);

/** A guess that is being made: counted as wrong until it is told right. */
export type Guess = { right: () => Promise<void> };

/** Counts a guess at a password before it is looked at, so that many at once are counted too; undefined: too many. */
export async function beginGuess(
  context: Pick<Context, 'db' | 'clock'>,
  email: string,
  place: Place,
): Promise<Guess | undefined> {
  return countGuess(context, bucketsOf(email, place, await knownPlaces(context, email, place)));
}

/** The same for guesses at something else, in one bucket of their own. */
export function beginGuessAt(
  context: Pick<Context, 'db' | 'clock'>,
  name: string,
  max = 10,
): Promise<Guess | undefined> {
  return countGuess(context, [{ name, max }]);
}

/** The same for a bucket as policy has it. */
export function beginGuessIn(
  context: Pick<Context, 'db' | 'clock'>,
  bucket: Bucket,
): Promise<Guess | undefined> {
  return countGuess(context, [bucket]);
}

async function countGuess(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  buckets: Bucket[],
): Promise<Guess | undefined> {
  const now = new Date(clock.now());
  const counted: Buffer[] = [];
  const giveBack = async (): Promise<void> => {
    for (const bucket of counted) {
      await db
        .updateTable('wrong_guess')
        .set({ count: sql<number>`greatest(count - 1, 0)` })
        .where('bucket', '=', bucket)
        .execute();
    }
  };
  // Old ones count for nobody; a few at a time keep the table small.
  await sql`delete from wrong_guess where bucket in (
    select bucket from wrong_guess where since < ${new Date(clock.now() - QUIET_MAX_MS)} limit 20 for update skip locked)`.execute(
    db,
  );
  for (const { name, max, quietMs } of buckets) {
    const bucket = sha256(name);
    const over = new Date(clock.now() - (quietMs ?? GUESS_WINDOW_MS));
    // What is refused is no guess: it makes nobody wait longer.
    const goesOn =
      quietMs === undefined
        ? sql<Date>`wrong_guess.since`
        : sql<Date>`case when wrong_guess.count < ${max} then ${now}::timestamptz else wrong_guess.since end`;
    const { count } = await db
      .insertInto('wrong_guess')
      .values({ bucket, count: 1, since: now })
      .onConflict((conflict) =>
        conflict.column('bucket').doUpdateSet({
          count: sql<number>`case when wrong_guess.since < ${over} then 1 else least(wrong_guess.count, ${max}) + 1 end`,
          since: sql<Date>`case when wrong_guess.since < ${over} then ${now} else ${goesOn} end`,
        }),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    // A full one stays full: what is refused takes nothing out of it.
    if (count > max) {
      await giveBack();
      return undefined;
    }
    counted.push(bucket);
  }
  return { right: giveBack };
}

/** Whether somebody of this address, or of this name in a directory, has signed in from this browser, or this network, before. */
export async function knownPlaces(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  email: string,
  { address, device }: Place,
): Promise<{ device: boolean; address: boolean }> {
  const keys = [addressKey(address), ...(device === undefined ? [] : [deviceKey(device)])];
  const rows = await db
    .selectFrom('known_place')
    .innerJoin('auth_user', 'auth_user.id', 'known_place.user_id')
    .select(['place', 'at'])
    .leftJoin('principal', 'principal.auth_user_id', 'auth_user.id')
    .where((eb) =>
      eb.or([
        eb('auth_user.email', '=', email.toLowerCase()),
        eb(eb.fn('lower', ['principal.external_name']), '=', email.toLowerCase()),
      ]),
    )
    .where('place', 'in', keys)
    .execute();
  const isKnown = (key: Buffer | undefined, days: number): boolean =>
    rows.some(
      ({ place, at }) => key?.equals(place) === true && clock.now() - at.getTime() < days * 86_400_000,
    );
  return {
    address: isKnown(keys[0], KNOWN_ADDRESS_DAYS),
    device: isKnown(keys[1], KNOWN_DEVICE_DAYS),
  };
}

/** Somebody has signed in from here: from now on others' guesses do not lock them out here. */
export async function rememberPlace(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  userId: string,
  { address, device }: { address: string; device: string },
): Promise<void> {
  const at = new Date(clock.now());
  await db
    .with('old', (q) =>
      q
        .deleteFrom('known_place')
        .where('user_id', '=', userId)
        .where('at', '<', new Date(clock.now() - KNOWN_DEVICE_DAYS * 86_400_000)),
    )
    .insertInto('known_place')
    .values([
      { user_id: userId, place: addressKey(address), at },
      { user_id: userId, place: deviceKey(device), at },
    ])
    .onConflict((conflict) => conflict.columns(['user_id', 'place']).doUpdateSet({ at }))
    .execute();
}

/** A code that was right is right once. False: somebody has used it. */
export async function useCode({ db }: Pick<Context, 'db'>, userId: string, code: string): Promise<boolean> {
  const used = await db
    .with('old', (q) =>
      q.deleteFrom('second_factor_used').where('used_at', '<', sql<Date>`now() - interval '10 minutes'`),
    )
    .insertInto('second_factor_used')
    .values({ user_id: userId, code_sha256: sha256(code) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst();
  return used !== undefined;
}
