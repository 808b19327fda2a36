import { ORPCError } from '@orpc/server';
import type { Following } from '../live/live.ts';
import { api } from './base.ts';
import type { ApiContext } from './context.ts';

function followingOf({ actor, scope }: ApiContext): Following {
  const person = actor.kind === 'person' ? actor : undefined;
  return {
    personId: person?.id ?? null,
    homeId: person?.tenantId ?? null,
    tenantId: scope.tenantId,
    rights: scope.rights,
    signInId: person?.by.kind === 'signIn' ? person.by.id : undefined,
  };
}

export const live = {
  follow: api.live.follow.handler(({ context }) => {
    const stream = context.live.follow(followingOf(context), context.signal);
    if (stream === undefined)
      throw new ORPCError('UNAVAILABLE', {
        status: 503,
        message: 'Too many windows follow changes; this one asks now and then instead',
      });
    return stream.events();
  }),
};
