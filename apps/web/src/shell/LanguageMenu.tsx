import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck, IconLanguage } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { type Language, languages } from '../i18n/language.ts';
import { chooseLanguage, shownLanguage, t } from '../i18n/t.ts';

/** In a menu: each by its own name, in its own language. */
export function LanguageItems(): ReactElement {
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t('Language')}</Menu.Label>
      {(Object.keys(languages) as Language[]).map((each) => (
        <Menu.Item
          key={each}
          lang={each}
          rightSection={
            shownLanguage() === each ? <IconCheck size={15} aria-label={t('chosen')} /> : undefined
          }
          onClick={() => chooseLanguage(each)}
          data-testid={`language-${each}`}
        >
          {languages[each]}
        </Menu.Item>
      ))}
      <Menu.Divider />
    </>
  );
}

/** For who is not signed in yet. */
export function LanguageMenu(): ReactElement {
  return (
    <Menu position="bottom-end" width={190} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('Language')} data-testid="language">
          <IconLanguage size={19} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <LanguageItems />
      </Menu.Dropdown>
    </Menu>
  );
}
