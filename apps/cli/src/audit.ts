import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { callerOf } from './api.ts';
import { print } from './table.ts';

type Options = { json?: boolean; known?: string; after?: string };
const PAGE = 1_000;

/** Verbs of the audit log. */
export function addAuditVerbs(nouns: (name: string) => Command, stateOf: () => string): void {
  const call = callerOf(stateOf);
  const audit = nouns('audit');

  audit
    .command('verify')
    .description('follows the chain of events from the oldest to the newest; ends with 1 where it is broken')
    .option('--known <position:hash>', 'an event that you have noted elsewhere must be the same still')
    .option('--json', 'one JSON document')
    .action(({ json, known }: Options) =>
      call(async (api) => {
        const found = await api.audit.verify(known === undefined ? {} : parseKnown(known));
        const { holds, events, anchor, head, fault } = found;
        const kept = anchor === 0 ? '' : `, ${anchor} older ones are deleted`;
        const words = holds
          ? `✓ ${events} events, none changed or missing${kept}\n  note elsewhere: ${head.position}:${head.hash}`
          : `✗ event ${fault?.position}: ${fault?.reason}\n  the ${events} before it are as they were written${kept}`;
        print(json, found, words);
        process.exitCode = holds ? 0 : 1;
      }),
    );

  audit
    .command('export')
    .description('all events as JSON lines, the oldest first')
    .option('--after <position>', 'only those after this place in the chain', '0')
    .action(({ after = '0' }: Options) =>
      call(async (api) => {
        for (let position = Number(after); ;) {
          const events = await api.audit.export({ after: position, limit: PAGE });
          for (const event of events) await write(`${JSON.stringify(event)}\n`);
          position = events.at(-1)?.position ?? position;
          if (events.length < PAGE) return;
        }
      }),
    );
}

/** Waits where the reader of a pipe is slower than the server. */
async function write(line: string): Promise<void> {
  if (process.stdout.write(line)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

function parseKnown(text: string): { position: number; hash: string } {
  const [, position = '', hash = ''] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (position === '')
    throw new OrangeryError('badKnown', `"${text}" is no event`, {
      fix: 'Give what an earlier ./orangery audit verify told you to note: POSITION:HASH.',
    });
  return { position: Number(position), hash };
}
