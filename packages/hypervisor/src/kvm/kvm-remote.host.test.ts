import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PretendHost, startPretendHost } from '@orangery/lab';
import { type HostChannel, LocalChannel, SshChannel } from '@orangery/libvirt';
import { systemRng } from '@orangery/std';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { describeDriver } from '../testing/conformance.ts';
import { folderFor, image, subjectOn } from '../testing/kvm-subject.ts';
import { checkRights } from './rights.ts';

describe('KVM', () => {
  let folder: string | undefined;
  let host: PretendHost | undefined;
  afterAll(async () => {
    await host?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const sshTo = ({ address, privateKey }: PretendHost): HostChannel => {
    const hostKey = { kind: 'known', fingerprints: [address.hostKeySha256] } as const;
    return new SshChannel({
      host: address.host,
      port: address.port,
      username: address.user,
      privateKey,
      hostKey,
    });
  };

  let there: Promise<PretendHost> | undefined;
  const pretendHost = (): Promise<PretendHost> => {
    there ??= folderFor('lab').then(async (made) => {
      folder = made;
      const name = `k${systemRng.uuid().slice(0, 6)}`;
      host = await startPretendHost({ folder: join(folder, 'host'), name });
      return host;
    });
    return there;
  };
  describeDriver(
    'on a second host, over SSH, as an account with the least rights',
    async () => {
      const second = await pretendHost();
      return {
        ...(await subjectOn(() => sshTo(second), second.inside, second.storagePath)),
        daemon: { stop: () => second.stopLibvirt(), start: () => second.startLibvirt() },
      };
    },
    image,
    // Each run opens a desktop on a second host: tests/src/remote.
    { guests: inject('longParts').includes('second host') },
  );

  describe('rights of the account', () => {
    const wrong = async (channel: HostChannel): Promise<string[]> => {
      const findings = await checkRights(channel);
      await channel.close();
      return findings.filter(({ ok }) => !ok).map(({ what }) => what.split(':')[0] ?? '');
    };
    const leaveGroup = async (group: string): Promise<void> => {
      const script = `sed '/^${group}:/s/,*orangery//' /etc/group > /run/group && cat /run/group > /etc/group`;
      await (await pretendHost()).inside('sh', '-c', script);
    };

    test('the documented ones suffice', async () => {
      expect(await wrong(sshTo(await pretendHost()))).toEqual([]);
      expect(await wrong(new LocalChannel())).toEqual([]);
    });

    test('each that is missing is named', async () => {
      const host = await pretendHost();
      await leaveGroup('libvirt-qemu');
      expect(await wrong(sshTo(host))).toEqual([
        'the account may open consoles of machines',
        'the account may open channels into machines',
      ]);
      await leaveGroup('libvirt');
      expect(await wrong(sshTo(host))).toEqual(['the account may use libvirt’s socket']);
    });
  });
});
