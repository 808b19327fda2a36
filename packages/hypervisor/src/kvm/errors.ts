import { LibvirtError, type LibvirtErrorCode } from '@orangery/libvirt';
import { messageOf, OrangeryError } from '@orangery/std';
import type { DriverErrorCode } from '../driver.ts';

const CODES: Partial<Record<LibvirtErrorCode, DriverErrorCode>> = {
  'libvirt.noDomain': 'notFound',
  'libvirt.noStorageVol': 'notFound',
  'libvirt.noStoragePool': 'notFound',
  'libvirt.noNetwork': 'notFound',
  'libvirt.agentUnresponsive': 'agentUnavailable',
  'libvirt.agentUnsynced': 'agentUnavailable',
  'libvirt.disconnected': 'hostUnreachable',
  'libvirt.unreachable': 'hostUnreachable',
  'libvirt.closed': 'hostUnreachable',
  'libvirt.timeout': 'timedOut',
  'libvirt.authentication': 'accessDenied',
  'libvirt.accessDenied': 'accessDenied',
  'libvirt.authCancelled': 'accessDenied',
  'libvirt.authFailed': 'accessDenied',
  'libvirt.authUnavailable': 'accessDenied',
  'libvirt.hostKey': 'accessDenied',
};

export function isCode(error: unknown, ...codes: LibvirtErrorCode[]): boolean {
  return error instanceof LibvirtError && codes.includes(error.code);
}

/** Whether the daemon itself answered with a no; anything else (a lost connection, a deadline) leaves the question open. */
export function daemonRefused(error: unknown): boolean {
  return error instanceof LibvirtError && error.number !== undefined;
}

/** libvirt's error as the driver's: the code callers match on, with libvirt's words. */
export function driverError(error: unknown, what: string): unknown {
  if (!(error instanceof LibvirtError)) return error;
  const full = /no space left on device|disk full/i.test(error.message);
  const code: DriverErrorCode = full ? 'diskFull' : (CODES[error.code] ?? 'refused');
  const fix = full ? 'Free space on the host’s storage pool.' : error.fix;
  return new OrangeryError(code, `${what}: ${error.message}`, {
    cause: error,
    ...(fix === undefined ? {} : { fix }),
  });
}

/**
 * Runs `work`; what libvirt refuses is told as the driver's error. When the caller called it off, its own reason is told:
 * libvirt's words about that are no refusal.
 */
export async function telling<T>(what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw driverError(error, what);
  }
}

/** The first line of an error, for a sentence of ours. */
export function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}
