import { Command } from 'commander';
import { messageOf } from '@orangery/std';
import { startDaemons } from '@orangery/tests';
import { benchBroker } from './broker.ts';
import { benchDesktop } from './desktop.ts';
import { documentOf, type Row } from './document.ts';
import { benchGateway } from './gateway.ts';
import { benchPool } from './pool.ts';
import { print } from './print.ts';
import { benchRpc } from './rpc.ts';
import { benchStorm } from './storm.ts';
import { benchWeb } from './web.ts';

const benches: Record<string, () => Promise<Row[]>> = {
  desktop: benchDesktop,
  rpc: benchRpc,
  gateway: benchGateway,
  broker: benchBroker,
  pool: benchPool,
  storm: benchStorm,
  web: benchWeb,
};

const program = new Command('bench')
  .argument('<name>', Object.keys(benches).join(', '))
  .option('--json', 'one JSON document', false)
  .action(async (name: string, options: { json: boolean }) => {
    const bench = benches[name];
    if (bench === undefined) {
      return program.error(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}`);
    }
    const stopDaemons = await startDaemons();
    try {
      process.exitCode = print(documentOf(name, await bench()), options.json);
    } finally {
      await stopDaemons();
    }
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`✗ ${messageOf(error)}\n`);
  process.exitCode = 1;
}
process.exit();
