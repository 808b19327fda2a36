import { decideOverview, overviewFacts } from '@orangery/control';
import { api } from './base.ts';

export const overview = {
  show: api.overview.show.handler(async ({ context }) =>
    decideOverview(await overviewFacts(context.control, context.scope, context.serverFacts)),
  ),
};
