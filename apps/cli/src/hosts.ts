import type { Command } from 'commander';
import { parseAddress, type SshAddress } from './address.ts';
import { openApi } from './api.ts';
import { readKey } from './doctor/remote.ts';

/** Verbs of hosts that take more than an id. */
export function addHostVerbs(host: Command, stateOf: () => string): void {
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
