/** What an image is made of: version of each package, and whether Debian's security team published that version. */
export type Packages = Readonly<Record<string, { version: string; security: boolean }>>;

/** As in `Inst libc6 (2.36-9+deb12u10 Debian:12.9/stable, Debian-Security:12/stable-security [amd64])`. */
const INSTALLED = /^Inst (\S+) (?:\[\S+\] )?\((\S+)([^)]*)\)/;

/** @param lines of `apt-get --simulate install` with nothing installed */
export function plannedPackages(lines: readonly string[]): Packages {
  const packages: Record<string, { version: string; security: boolean }> = {};
  for (const line of lines) {
    const [, name, version, origins = ''] = INSTALLED.exec(line) ?? [];
    if (name !== undefined && version !== undefined)
      packages[name] = { version, security: /security/i.test(origins) };
  }
  return packages;
}
