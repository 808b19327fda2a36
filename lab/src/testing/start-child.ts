import { startPretendHost } from '../pretend-host.ts';

/** For a test that kills the owner of a pretend host: starts one, says so, and waits. */
const [folder, name] = process.argv.slice(2);
if (folder === undefined || name === undefined) throw new Error('usage: start-child.ts FOLDER NAME');
const host = await startPretendHost({ folder, name });
process.stdout.write(`${JSON.stringify(host.address)}\n`);
process.stdin.resume();
