import { systemRng } from '@orangery/std';
import { describe, expect, inject, test } from 'vitest';
import type { NetworkDescription } from '../description.ts';
import { type Bench, eventually } from './bench.ts';
import { type Clone, forkerOf } from './templates.ts';

const TIMEOUT_MS = 90_000;
const PORT = 4068;

/** Says what arrives on the port, one word a datagram, until "end" does, or for half a minute. */
const LISTEN = `use Socket; $| = 1; alarm 60;
socket(S, PF_INET, SOCK_DGRAM, 0) or die $!;
setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
bind(S, sockaddr_in(${PORT}, INADDR_ANY)) or die $!;
open(F, ">/run/listens"); close F;
while (recv(S, $word, 100, 0)) { print "$word\\n"; last if $word eq "end" }`;

/** word, from address, from port, to address. */
const SEND = `use Socket; my ($word, $from, $port, $to) = @ARGV;
socket(S, PF_INET, SOCK_DGRAM, 0) or die $!;
setsockopt(S, SOL_SOCKET, SO_BROADCAST, 1); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
bind(S, sockaddr_in($port, inet_aton($from))) or die "bind $!";
send(S, $word, 0, sockaddr_in(${PORT}, inet_aton($to))) or print STDERR "not sent: $!";`;

/** What a guest makes of its card's MAC (RFC 4291, appendix A). */
function linkLocalOf(macAddress: string): string {
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = macAddress.split(':');
  const first = (Number.parseInt(a, 16) ^ 2).toString(16).padStart(2, '0');
  return `fe80::${first}${b}:${c}ff:fe${d}:${e}${f}`;
}

/** A card as the guest sees it. */
type Card = { device: string; address: string; macAddress: string };
type Seat = { clone: Clone; apart: Card; together: Card };

/** What machines can do to each other, tried from inside: as root of the guest, who may send what they like. */
export function describeGuards(bench: () => Bench): void {
  describe.skipIf(!inject('longParts').includes('neighbours'))('machines beside each other', () => {
    const third = systemRng.bytes(1)[0] ?? 0;
    const togetherNetwork = (neighbours = true): NetworkDescription => ({
      ...bench().nat(`${bench().network}h`),
      kind: 'isolated',
      subnet: `10.52.${third}.0/24`,
      neighbours,
    });
    let gateway = '';
    let ada: Seat;
    let eve: Seat;
    const sh = (seat: { clone: Clone }, script: string): Promise<string> =>
      bench().guest(seat.clone.id, '/bin/sh', ['-c', script]);
    const pings = (seat: Seat, to: string, more = ''): Promise<boolean> =>
      sh(seat, `ping -n -c 2 -i 0.3 -W 2 ${more} ${to}`).then(
        () => true,
        () => false,
      );
    const sends = async (seat: Seat, word: string, from: string, to: string, port = 4067): Promise<void> => {
      // Three times, as nobody repeats what is lost.
      for (let times = 0; times < 3; times += 1)
        await bench().guest(seat.clone.id, '/usr/bin/perl', ['-e', SEND, word, from, String(port), to]);
    };

    async function card(clone: Clone, network: string, neighbours: boolean): Promise<Card> {
      const macAddress = `52:54:00:${systemRng
        .bytes(3)
        .reduce((text, byte) => `${text}:${byte.toString(16).padStart(2, '0')}`, '')
        .slice(1)}`;
      await bench().driver.machines.attachNic(clone.id, { network, macAddress, neighbours });
      return eventually('an address in the guest', TIMEOUT_MS, async () => {
        const device = await sh({ clone }, `grep -l ${macAddress} /sys/class/net/*/address | cut -d/ -f5`);
        const address = await sh(
          { clone },
          `ip -4 -o address show dev ${device} scope global | tr -s ' ' | cut -d' ' -f4 | cut -d/ -f1`,
        );
        return address === '' ? undefined : { device, address, macAddress };
      });
    }

    async function seat(clone: Clone): Promise<Seat> {
      await eventually('the agent', 60_000, async () =>
        (await bench().driver.machines.agentAnswers(clone.id)) ? true : undefined,
      );
      return {
        clone,
        apart: await card(clone, bench().network, false),
        together: await card(clone, togetherNetwork().name, true),
      };
    }

    test('get an address each, past their guards', { timeout: 280_000 }, async () => {
      const { networks } = bench().driver;
      gateway = (await networks.ensure(bench().nat(bench().network))).subnet?.split('/')[0] ?? '';
      await networks.ensure(togetherNetwork());
      const fork = forkerOf.get(bench()) as () => Promise<Clone>;
      // Forks of one template happen one after the other.
      const clones = [await fork(), await fork()] as const;
      [ada, eve] = await Promise.all([seat(clones[0]), seat(clones[1])]);
      expect(
        new Set([ada.apart.address, eve.apart.address, ada.together.address, eve.together.address]).size,
      ).toBe(4);
      expect((await networks.list()).find(({ name }) => name === togetherNetwork().name)?.cards).toBe(2);
    });

    test('see their host, and each other only where that is allowed', async () => {
      expect(await pings(eve, gateway)).toBe(true);
      expect(await pings(eve, ada.apart.address, `-I ${eve.apart.device}`)).toBe(false);
      expect(await pings(eve, ada.together.address)).toBe(true);
      // IPv6 is offered on none of these networks.
      const six = `${linkLocalOf(ada.together.macAddress)}%${eve.together.device}`;
      expect(await pings(eve, six, '-6')).toBe(false);
    });

    test('hear nothing from one that goes around, takes a name that is not its own, or plays the DHCP server', async () => {
      await sh(ada, 'rm -f /run/listens');
      const heard = bench().driver.machines.exec(ada.clone.id, {
        path: '/usr/bin/perl',
        args: ['-e', LISTEN],
        timeoutMs: 70_000,
      });
      await eventually('the listener', 30_000, () => sh(ada, 'test -e /run/listens && echo yes'));
      const { device, address, macAddress } = eve.together;
      const all = `10.52.${third}.255`;
      const other = `10.52.${third}.9`;
      await sends(eve, 'first', address, all);
      await sends(eve, 'direct', eve.apart.address, ada.apart.address);
      await sh(eve, `ip route add ${ada.apart.address}/32 via ${gateway} dev ${eve.apart.device}`);
      await sends(eve, 'around', eve.apart.address, ada.apart.address);
      await sends(eve, 'dhcp', address, all, 67);
      await sh(eve, `ip address add ${other}/24 dev ${device}`);
      await sends(eve, 'spoofed-address', other, all);
      await sh(eve, `ip address del ${other}/24 dev ${device}`);
      // Who manages the guest's cards would notice, and ask for an address anew.
      await sh(eve, 'pkill -STOP -x systemd-network');
      await sh(eve, `ip link set dev ${device} address 52:54:00:12:34:56`);
      await sends(eve, 'spoofed-mac', address, all);
      await sh(eve, `ip link set dev ${device} address ${macAddress}`);
      await sends(eve, 'end', address, all);
      const { stdout } = await heard;
      expect([...new Set(stdout.trim().split('\n'))]).toEqual(['first', 'end']);
    });

    test('take nobody’s address by answering for it', async () => {
      // An ARP answer that says "the host is me" would draw in what others send out.
      await sh(eve, `ip address add ${gateway}/32 dev ${eve.apart.device}`);
      expect(await pings(ada, gateway)).toBe(true);
      await sh(eve, `ip address del ${gateway}/32 dev ${eve.apart.device}`);
    });

    test('are apart at once when it is no longer allowed, and together again', async () => {
      const { networks } = bench().driver;
      await networks.ensure(togetherNetwork(false));
      expect(await pings(eve, ada.together.address)).toBe(false);
      await networks.ensure(togetherNetwork(true));
      expect(await pings(eve, ada.together.address)).toBe(true);
    });

    test('leave networks behind that can be taken away', async () => {
      const { machines, networks, storage } = bench().driver;
      for (const { clone } of [ada, eve]) {
        await machines.destroy(clone.id);
        await storage.delete(bench().pool, clone.disk.volume);
      }
      const { name } = togetherNetwork();
      expect(await networks.list()).toContainEqual({ name, cards: 0 });
      await networks.delete(name);
      expect((await networks.list()).map((each) => each.name)).not.toContain(name);
    });
  });
}
