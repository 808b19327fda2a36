import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { parseAddress, type SshAddress } from './address.ts';
import { openApi } from './api.ts';
import { readKey } from './doctor/remote.ts';

/** Verbs of hosts that take more than an id. */
export function addHostVerbs(host: Command, stateOf: () => string): void {
  host
    .command('share-memory <host> <on|off>')
    .description(
      'keeps equal pages of machines’ memory once (KSM); each machine may then learn a little of others',
    )
    .option('--json', 'one JSON document')
    .action(async (name: string, wanted: string, { json }: { json?: boolean }) => {
      if (wanted !== 'on' && wanted !== 'off')
        throw new OrangeryError('badInput', `"${wanted}" is neither on nor off`);
      const { api, close } = openApi(stateOf());
      try {
        const found = (await api.hosts.list()).find((each) => each.id === name || each.name === name);
        if (found === undefined) throw new OrangeryError('notFound', `There is no host ${name}`);
        const changed = await api.hosts.update({ id: found.id, shareMemory: wanted === 'on' });
        const said =
          json === true
            ? JSON.stringify(changed, null, 2)
            : `${found.name}: equal memory is to be kept once: ${wanted}`;
        process.stdout.write(`${said}\n`);
      } finally {
        await close();
      }
    });

  host
    .command('add <name> <user@host[:port]>')
    .description('adds a host by its address and a key; "doctor --host" checks the account before')
    .requiredOption('--key <file>', 'private key of the account')
    .requiredOption('--host-key <SHA256:…>', 'the key that the host must show, as "doctor --host" tells it')
    .option('--storage <folder>', 'where machines’ disks lie on the host', '/var/lib/orangery/storage')
    .option('--json', 'one JSON document')
    .action(
      async (
        name: string,
        address: string,
        options: { key: string; hostKey: string; storage: string; json?: boolean },
      ) => {
        const ssh: SshAddress = parseAddress(address);
        const { api, close } = openApi(stateOf());
        try {
          const added = await api.hosts.add({
            name,
            address: { kind: 'ssh', ...ssh, hostKeySha256: options.hostKey },
            privateKey: await readKey(options.key),
            storagePath: options.storage,
          });
          process.stdout.write(
            options.json === true
              ? `${JSON.stringify(added, null, 2)}\n`
              : `${name} is added; see "./orangery host list"\n`,
          );
        } finally {
          await close();
        }
      },
    );
}
