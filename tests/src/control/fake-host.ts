import type { HostDriver, ObservedMachine, Volume } from '@orangery/hypervisor';

const volume = (name: string): Volume => ({
  name,
  path: `/nowhere/${name}`,
  virtualBytes: 1,
  allocatedBytes: 1,
});

/** A host that only lists; whatever else is asked of it is kept in `asked` and refused. */
export function listingHost(
  seen: { machines: ObservedMachine[]; volumes: string[] },
  more: Partial<HostDriver> = {},
): {
  driver: HostDriver;
  asked: string[];
} {
  const asked: string[] = [];
  const refusing = (path: string, known: object): object =>
    new Proxy(known, {
      get(target, name) {
        if (name in target) return Reflect.get(target, name) as unknown;
        if (typeof name === 'symbol' || name === 'then') return undefined;
        return () => {
          asked.push(`${path}${name}`);
          return Promise.reject(new Error(`this host does not ${path}${name}`));
        };
      },
    });
  const driver = refusing('', {
    kind: 'kvm',
    dedupe: undefined,
    memorySharing: undefined,
    inspect: () =>
      Promise.resolve({ hypervisor: 'QEMU', hypervisorVersion: '7', accelerator: 'tcg', hostClass: 'a' }),
    machines: refusing('machines.', {
      list: () => Promise.resolve(seen.machines),
      find: (id: string) => Promise.resolve(seen.machines.find((machine) => machine.id === id)),
    }),
    storage: refusing('storage.', {
      ensurePool: ({ name, path }: { name: string; path: string }) =>
        Promise.resolve({ name, path, capacityBytes: 1, availableBytes: 1 }),
      list: () => Promise.resolve(seen.volumes.map(volume)),
      names: () => Promise.resolve(seen.volumes),
      find: (_pool: string, name: string) =>
        Promise.resolve(seen.volumes.includes(name) ? volume(name) : undefined),
    }),
    networks: refusing('networks.', {
      ensure: ({ name }: { name: string }) =>
        Promise.resolve({ name, bridge: 'b', subnet: 's', machinesMax: 9 }),
      list: () => Promise.resolve([]),
    }),
    ...more,
  }) as HostDriver;
  return { driver, asked };
}
