import { Command } from 'commander';
import { messageOf } from '@orangery/std';
import { benchBroker } from './broker.ts';
import { benchDesktop } from './desktop.ts';
import { documentOf, type Row } from './document.ts';
import { benchGateway } from './gateway.ts';
import { benchPool } from './pool.ts';
import { benchRpc } from './rpc.ts';

const benches: Record<string, (options: { state: string }) => Promise<Row[]>> = {
  desktop: benchDesktop,
  rpc: () => benchRpc(),
  gateway: () => benchGateway(),
  broker: () => benchBroker(),
  pool: () => benchPool(),
};

const program = new Command('bench')
  .argument('<name>', Object.keys(benches).join(', '))
  .option('--json', 'one JSON document', false)
  .option('--state <folder>', 'the installation that is measured', '/var/lib/orangery')
  .action(async (name: string, options: { json: boolean; state: string }) => {
    const bench = benches[name];
    if (bench === undefined) {
      return program.error(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}`);
    }
    const document = documentOf(name, await bench(options));
    if (options.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    else for (const row of document.rows) process.stdout.write(`${line(row)}\n`);
    process.exitCode = document.rows.every((row) => row.holds) ? 0 : 1;
  });

function line(row: Row): string {
  const peer = row.peer === null ? '' : `, ${row.peerName}: ${row.peer} ${row.unit}`;
  const ratio = row.ratio === null ? '' : `, ${row.ratio} times`;
  return `${row.holds ? '✓' : '✗'} ${row.name}: ${row.ours} ${row.unit}${peer}${ratio} (${row.target})`;
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`✗ ${messageOf(error)}\n`);
  process.exitCode = 1;
}
process.exit();
