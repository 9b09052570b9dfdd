// @ts-check
// Runs before anything is drawn: a page that was chosen to be dark is never bright for a moment.
(() => {
  const KEY = 'streampump theme';
  const themes = ['auto', 'dark', 'light'];
  const root = document.documentElement;
  const chosen = () => root.dataset['theme'] ?? 'auto';

  /** @param {string} theme */
  const choose = (theme) => {
    root.dataset['theme'] = theme;
    const button = document.getElementById('theme');
    if (button !== null) button.textContent = `Theme: ${theme}`;
  };

  choose(themes.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto');
  document.addEventListener('DOMContentLoaded', () => {
    choose(chosen());
    document.getElementById('theme')?.addEventListener('click', () => {
      choose(themes[(themes.indexOf(chosen()) + 1) % themes.length] ?? 'auto');
      localStorage.setItem(KEY, chosen());
    });
  });
})();
