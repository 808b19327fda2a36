import { codeOf, messageOf, OrangeryError } from '@orangery/std';
import { errorDomains, errorNumbers } from './error-numbers.ts';

type ServerErrorName = keyof typeof errorNumbers;

/** Errors that arise on our side of the wire, where libvirt has no number for them. */
export type ClientErrorName =
  /** The transport ended, or there is none: the call may or may not have been carried out. */
  | 'disconnected'
  /** Nothing could be reached at the address, or the address did not let us in. */
  | 'unreachable'
  /** The deadline passed; the call may still be carried out on the host. */
  | 'timeout'
  /** The caller's signal was aborted; the call may still be carried out on the host. */
  | 'aborted'
  /** More calls wait than the client keeps. */
  | 'queueFull'
  /** The arguments cannot be sent. */
  | 'badArgument'
  /** What came is not libvirt's protocol. */
  | 'protocol'
  /** The daemon wants an authentication that this client does not speak, or refused ours. */
  | 'authentication'
  /** The host's key or certificate is not the one that is trusted. */
  | 'hostKey'
  /** The client was closed by its owner. */
  | 'closed';

export type LibvirtErrorCode = `libvirt.${ServerErrorName | ClientErrorName | 'unknown'}`;

const nameOf = new Map<number, ServerErrorName>(
  Object.entries(errorNumbers).map(([name, number]) => [number, name as ServerErrorName]),
);

export type ServerErrorFields = {
  number: number;
  domain: number;
  message: string | null;
  level: number;
  strings: readonly (string | null)[];
};

/** Every error of this package: what the daemon reported (`number` is set), or what befell the connection. */
export class LibvirtError extends OrangeryError {
  declare readonly code: LibvirtErrorCode;
  /** libvirt's virErrorNumber; undefined when the error arose on our side. */
  readonly number: number | undefined;
  /** The part of libvirt that reported it, as in `qemu` or `storage`. */
  readonly domain: string | undefined;
  /** 1 is a warning, 2 an error. */
  readonly level: number;
  /** The details that libvirt made the message from. */
  readonly strings: readonly (string | null)[];

  constructor(
    code: LibvirtErrorCode,
    message: string,
    options: { cause?: unknown; fix?: string; server?: ServerErrorFields } = {},
  ) {
    super(code, message, options);
    this.name = 'LibvirtError';
    this.number = options.server?.number;
    this.domain =
      options.server === undefined ? undefined : (errorDomains[options.server.domain] ?? 'unknown');
    this.level = options.server?.level ?? 2;
    this.strings = options.server?.strings ?? [];
  }

  static fromServer(fields: ServerErrorFields, what: string): LibvirtError {
    const message = fields.message ?? 'the daemon gave no reason';
    return new LibvirtError(`libvirt.${nameOf.get(fields.number) ?? 'unknown'}`, `${what}: ${message}`, {
      server: fields,
    });
  }
}

/** Whatever befell work for the client, as the one error class of this package. */
export function asLibvirtError(error: unknown, what: string, signal?: AbortSignal): LibvirtError {
  if (error instanceof LibvirtError) return error;
  if (signal?.aborted) {
    if (signal.reason instanceof LibvirtError) return signal.reason;
    return new LibvirtError('libvirt.aborted', `${what} was called off`, { cause: error });
  }
  const code = codeOf(error) === 'deadlineExceeded' ? 'libvirt.timeout' : 'libvirt.unreachable';
  return new LibvirtError(code, `${what}: ${messageOf(error)}`, { cause: error });
}
