import { messageOf } from '@orangery/std';
import { LibvirtError } from './errors.ts';
import type { Manner, Procedure } from './procedures/procedure.ts';
import {
  decodeError,
  encodeMessage,
  type Message,
  messageTypes,
  payloadOf,
  statuses,
} from './wire/message.ts';

export type CallOptions = {
  /** Counted from the call, waiting for a place included. */
  timeoutMs?: number;
  signal?: AbortSignal;
};

const PLAIN_CALL_TIMEOUT_MS = 30_000;
/** Saving 64 GiB of memory at 100 MB/s takes eleven minutes. */
const LONG_CALL_TIMEOUT_MS = 30 * 60_000;

/** A call on its way. */
export type Call = {
  name: string;
  procedure: Procedure<never, unknown>;
  message: Buffer;
  serial: number;
  /** Undefined once the caller has its answer: what still comes is dropped. */
  settle: { resolve(value: unknown): void; reject(error: unknown): void } | undefined;
  cleanUp(): void;
};

export function timeoutMsOf(procedure: { manner: Manner }, options: CallOptions): number {
  return options.timeoutMs ?? (procedure.manner === 'long' ? LONG_CALL_TIMEOUT_MS : PLAIN_CALL_TIMEOUT_MS);
}

export function encodeCall<A>(
  name: string,
  procedure: Procedure<A, unknown>,
  serial: number,
  args: A,
): Buffer {
  const header = {
    program: procedure.program,
    procedure: procedure.number,
    type: messageTypes.call,
    serial,
    status: statuses.ok,
  };
  try {
    return encodeMessage(header, (writer) => procedure.args.write(writer, args));
  } catch (cause) {
    throw new LibvirtError('libvirt.badArgument', `${name} was not sent: ${messageOf(cause)}`, { cause });
  }
}

/** Gives the reply to the caller, who still waits. */
export function settleCall(call: Call, message: Message): void {
  try {
    if (message.status === statuses.error) {
      call.settle?.reject(decodeError(message, call.name));
      return;
    }
    const reader = payloadOf(message);
    const result = call.procedure.result.read(reader);
    reader.end();
    call.settle?.resolve(result);
  } catch (cause) {
    const text = `the answer to ${call.name} was not understood: ${messageOf(cause)}`;
    call.settle?.reject(new LibvirtError('libvirt.protocol', text, { cause }));
  }
}
