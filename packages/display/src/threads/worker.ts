import { parentPort } from 'node:worker_threads';
import { codeOf, messageOf, systemClock } from '@orangery/std';
import { Delivery } from '../stream/delivery.ts';
import { Outlet } from '../stream/outlet.ts';
import { type FromWorker, owned, type ToWorker } from './messages.ts';

/**
 * One of the threads that draw: many desktops, each a delivery and its outlet. What goes wrong with one of them ends that one; what ends
 * the thread ends all that it has, and they begin anew elsewhere.
 */
type Desktop = { delivery: Delivery; outlet: Outlet };

const desktops = new Map<number, Desktop>();

function tell(message: FromWorker, memory: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, memory);
}

function fail(id: number, error: unknown): void {
  close(id);
  tell({ kind: 'failed', id, code: codeOf(error) ?? 'displayFailed', reason: messageOf(error) });
}

function attempt(id: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    fail(id, error);
  }
}

function close(id: number): void {
  desktops.get(id)?.delivery.close();
  desktops.get(id)?.outlet.close();
  desktops.delete(id);
}

function open(id: number): void {
  const outlet = new Outlet({
    clock: systemClock,
    send: (bytes) => tell({ kind: 'toViewer', id, bytes, shown: delivery.shown }, [bytes.buffer]),
    room: () => attempt(id, () => delivery.viewerHasRoom()),
    failed: (error) => fail(id, error),
  });
  const delivery = new Delivery({
    toConsole: (said) => {
      const bytes = owned(said);
      tell({ kind: 'toConsole', id, bytes }, [bytes.buffer]);
    },
    clock: systemClock,
    attempt: (work) => attempt(id, work),
    toViewer: (parts, pixels) => outlet.say(parts, pixels),
    room: () => outlet.pixels,
    lineBytesPerMs: () => outlet.pace.bytesPerMs,
    hurries: () => tell({ kind: 'hurries', id }),
  });
  desktops.set(id, { delivery, outlet });
}

function hear(message: ToWorker): void {
  const { kind, id } = message;
  if (kind === 'open') {
    open(id);
    return;
  }
  const desktop = desktops.get(id);
  // It may have failed while this was on its way.
  if (desktop === undefined) return;
  const { delivery, outlet } = desktop;
  switch (kind) {
    case 'console':
      attempt(id, () => delivery.fromConsole(Buffer.from(message.bytes.buffer)));
      tell({ kind: 'took', id, bytes: message.bytes.length });
      break;
    case 'consoleEnded':
      tell({ kind: 'ended', id });
      break;
    case 'viewer':
      attempt(id, () => delivery.fromViewer({ ...message.event, bytes: Buffer.from(message.event.bytes) }));
      break;
    case 'seen':
      attempt(id, () => outlet.acknowledged(message.bytes));
      break;
    case 'close':
      close(id);
      break;
  }
}

parentPort?.on('message', hear);
