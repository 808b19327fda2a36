import { lookup } from 'node:dns/promises';
import { outwardObstacle } from '@orangery/control';
import { messageOf, OrangeryError } from '@orangery/std';

/**
 * The IP address behind a name that an administrator typed, once it is one that may be reached. It is what has to be
 * connected to: asked again, the name may answer another. Throws `notReachable` with the reason.
 */
export async function resolveOutward(host: string, port: number, ports: readonly number[]): Promise<string> {
  const { address } = await lookup(host).catch((error: unknown) => {
    throw new OrangeryError('notReachable', `There is no server called ${host}`, { cause: messageOf(error) });
  });
  const obstacle = outwardObstacle(address, port, ports);
  if (obstacle !== undefined) throw new OrangeryError('notReachable', `${host} cannot be used: ${obstacle}`);
  return address;
}

/** Why a host is not to be reached at this address, if its name says so now; undefined also where nobody knows the name. */
export async function obstacleAt(host: string, port: number): Promise<string | undefined> {
  const found = await lookup(host).catch(() => undefined);
  // By SSH also this machine may be a host, whatever port its server has.
  return found === undefined ? undefined : outwardObstacle(found.address, port, [port]);
}
