import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes, from the longest on: begun late, it would be waited for alone. */
const LONG = [
  'pools/profile.host.test.ts',
  'kvm/kvm.host.test.ts',
  'kvm/kvm-remote.host.test.ts',
  'crash/crash.host.test.ts',
  'bad-days/trouble.host.test.ts',
  'images/src/boot.host.test.ts',
  'images/src/build.host.test.ts',
  'crash/libvirtd.host.test.ts',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const found = LONG.findIndex((path) => moduleId.endsWith(path));
  return found === -1 ? LONG.length : found;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
