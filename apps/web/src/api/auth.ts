import { client } from './client.ts';
import { codeOf, messageOf } from './errors.ts';

export type SignIn = { kind: 'done' } | { kind: 'secondFactor' } | { kind: 'refused'; message: string };

/** What the server says of whoever it does not let in is an answer; what fails otherwise is an error. */
const REFUSALS: readonly string[] = ['SIGN_IN_REFUSED', 'TOO_MANY_TRIES'];

export async function answerOf(tried: Promise<SignIn>): Promise<SignIn> {
  try {
    return await tried;
  } catch (error) {
    if (!REFUSALS.includes(codeOf(error) ?? '')) throw error;
    return { kind: 'refused', message: `${messageOf(error)}.`.replace('..', '.') };
  }
}

export const signIn = (email: string, password: string): Promise<SignIn> =>
  answerOf(client.signIn.password({ email, password }).then(({ next }) => ({ kind: next })));

export const giveCode = (code: string): Promise<SignIn> =>
  answerOf(client.signIn.secondFactor({ code }).then(() => ({ kind: 'done' })));

/** Where the browser goes then. */
export const signOut = async (): Promise<string> => (await client.signIn.out()).url ?? '/login';
