import { expect, test } from 'vitest';
import { plannedPackages } from './packages.ts';

test('the plan of apt tells each package with its version, and which come from the security team', () => {
  const lines = [
    'Reading package lists...',
    'Inst libc6 (2.36-9+deb12u10 Debian:12.9/stable, Debian-Security:12/stable-security [amd64])',
    'Inst adduser (3.134 Debian:12.9/stable [all]) []',
    'Inst openssl [3.0.11-1] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])',
    'Conf libc6 (2.36-9+deb12u10 Debian:12.9/stable [amd64])',
  ];
  expect(plannedPackages(lines)).toEqual({
    libc6: { version: '2.36-9+deb12u10', security: true },
    adduser: { version: '3.134', security: false },
    openssl: { version: '3.0.15-1~deb12u1', security: true },
  });
});
