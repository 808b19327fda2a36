import type { Command } from 'commander';
import { openApi } from './api.ts';
import { poolNamed, principalNamed } from './names.ts';

/** Verbs of entitlements that take more than an id. */
export function addEntitlementVerbs(entitlement: Command, stateOf: () => string): void {
  entitlement
    .command('add <pool> <who>')
    .description(
      'lets a person (by e-mail or id) or a group (by its name or id) use a pool (by its name or id); again is harmless',
    )
    .option('--json', 'one JSON document')
    .action(async (pool: string, who: string, { json = false }: { json?: boolean }) => {
      const { api, close } = openApi(stateOf());
      try {
        const [poolId, principalId] = [await poolNamed(api, pool), await principalNamed(api, who)];
        const added = await api.entitlements.add({ poolId, principalId });
        process.stdout.write(
          json
            ? `${JSON.stringify(added, null, 2)}\n`
            : `${added.principal.name} may use ${added.pool.title}\n`,
        );
      } finally {
        await close();
      }
    });
}
