import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from '@mantine/core';

/** Ripe fruit. Shade 7 carries white text (4.6:1), shade 5 dark text. */
const citrus: MantineColorsTuple = [
  '#fff5ea',
  '#ffe6cc',
  '#fdcb98',
  '#fab062',
  '#f8973a',
  '#f58420',
  '#e06c0c',
  '#bd4f08',
  '#973f0d',
  '#77350f',
];
/** Leaves. */
const leaf: MantineColorsTuple = [
  '#eff8ee',
  '#dceedb',
  '#b5dab4',
  '#8cc58b',
  '#6ab46a',
  '#53a355',
  '#3f8f46',
  '#2f7638',
  '#265e2f',
  '#1d4a26',
];
/** Warm stone instead of blue-grey. */
const gray: MantineColorsTuple = [
  '#faf8f5',
  '#f4f1ec',
  '#e9e5df',
  '#d9d4cc',
  '#b3aca3',
  '#7d766e',
  '#5d5750',
  '#47423c',
  '#2c2825',
  '#1c1917',
];
const dark: MantineColorsTuple = [
  '#ede9e4',
  '#d0cac3',
  '#aea69d',
  '#8b837a',
  '#4a443f',
  '#3a3530',
  '#262220',
  '#1c1917',
  '#151311',
  '#0f0d0c',
];

export const theme = createTheme({
  primaryColor: 'citrus',
  primaryShade: { light: 7, dark: 5 },
  // What is written on the primary colour depends on the scheme: its shades are too far apart for one answer.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    const isPrimary = input.variant === 'filled' && (input.color ?? 'citrus') === 'citrus';
    return isPrimary ? { ...colors, color: 'var(--orangery-on-primary)' } : colors;
  },
  colors: { citrus, leaf, gray, dark },
  defaultRadius: 'md',
  fontFamily:
    'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650' },
  focusRing: 'auto',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Tooltip: {
      defaultProps: {
        withArrow: true,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: true },
      },
    },
  },
});

/** Cards lie on a ground of their own, a little darker than they are. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--orangery-ground': '#faf8f5',
    '--orangery-card': '#ffffff',
    '--orangery-line': '#e9e5df',
    '--mantine-color-text': '#1c1917',
    '--orangery-brand': '#1c1917',
    '--orangery-on-primary': '#ffffff',
    '--mantine-color-dimmed': '#665f58',
    '--mantine-color-placeholder': '#756e66',
    '--mantine-color-error': '#b42318',
  },
  dark: {
    '--orangery-ground': '#171513',
    '--orangery-card': '#201d1a',
    '--orangery-line': '#332e2a',
    '--orangery-brand': '#f4f1ec',
    '--orangery-on-primary': '#241003',
    '--mantine-color-body': '#201d1a',
    '--mantine-color-dimmed': '#aea69d',
    '--mantine-color-placeholder': '#9c948b',
    '--mantine-color-error': '#ff9a8f',
  },
});
