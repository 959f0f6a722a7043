import { render } from 'preact';

import { keepFocus } from './focus';
import { Store } from './store';
import { App } from './views/App';

const root = document.getElementById('app');
keepFocus();
if (root) render(<App store={new Store()} />, root);
