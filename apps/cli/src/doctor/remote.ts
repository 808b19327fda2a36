import { readFile } from 'node:fs/promises';
import { checkRights } from '@orangery/hypervisor';
import { SshChannel } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import type { SshAddress } from '../address.ts';
import { type Finding, fault, fine } from './finding.ts';

/** The account's rights on a host over SSH, each found by using it: before the host is added, or when it fails later. */
export async function remoteDoctor(options: {
  address: SshAddress;
  keyFile: string;
  /** `SHA256:…`; without it the host's key is only told, so that somebody can compare it. */
  hostKey: string | undefined;
  onFinding: (finding: Finding) => void;
}): Promise<Finding[]> {
  const { address, hostKey, onFinding } = options;
  let shown = '';
  const channel = new SshChannel({
    host: address.host,
    port: address.port,
    username: address.user,
    privateKey: await readKey(options.keyFile),
    hostKey: {
      kind: 'confirm',
      confirm(fingerprint) {
        shown = fingerprint;
        return Promise.resolve(hostKey === fingerprint);
      },
    },
  });
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    onFinding(finding);
  };
  try {
    const rights = await checkRights(channel);
    if (shown !== '' && shown !== hostKey) {
      tell(
        fault(
          'host key',
          hostKey === undefined ? `the host shows ${shown}` : `the host shows ${shown}, not ${hostKey}`,
          'Who stands between us and the host shows a key of their own.',
          `Compare with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the host; if it is the same: --host-key ${shown}`,
        ),
      );
      return findings;
    }
    if (shown !== '') tell(fine('host key', `${shown} is the one that is trusted`));
    for (const { what, why, fix, ok } of rights)
      tell(ok ? fine('rights', what) : fault('rights', what, why, fix));
    return findings;
  } finally {
    await channel.close();
  }
}

export async function readKey(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new OrangeryError('keyUnreadable', `The private key ${path} cannot be read`, {
      cause,
      fix: 'Make one: ssh-keygen -t ed25519 -N "" -f orangery-key',
    });
  });
}
