import { LibvirtError, type LibvirtErrorCode } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
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
  'libvirt.authentication': 'accessDenied',
  'libvirt.authFailed': 'accessDenied',
  'libvirt.hostKey': 'accessDenied',
};

export function isCode(error: unknown, ...codes: LibvirtErrorCode[]): boolean {
  return error instanceof LibvirtError && codes.includes(error.code);
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

/** Runs `work`; what libvirt refuses is told as the driver's error. */
export async function telling<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw driverError(error, what);
  }
}
