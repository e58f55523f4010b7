// Periplus asks in the page: shows a visitor a survey when the server says that it is time.
//
//   <script async src="https://collector.example/s/widget.js" data-key="KEY"></script>
//
// The visitor is known by the id that the snippet, or an SDK, has given them. The server decides whether they are asked, and notes that
// they were; whoever closes the survey is left alone by this browser for a month. Nothing is asked against Do Not Track and Global
// Privacy Control. It draws in a shadow root, with styles that a content security policy does not forbid, and never takes the
// focus from somebody who is typing.
//
// The server takes comments and indentation out before it serves this file: comments have lines of their own, and no text goes
// on over several lines.
(() => {
  const script = document.currentScript || document.querySelector('script[data-key][src*="/s/widget.js"]');
  if (!script || window.periplusSurvey) return;
  // data-survey: this one and no other; data-after: so many seconds after the page is there; data-ask="manual": by calls of ask() alone;
  // data-language: of the page, when <html lang> does not say; data-anonymous-id: the visitor, when neither snippet nor SDK says;
  // data-consent="required": nobody is asked of whom nobody else keeps an id; data-host: another server.
  const { key, host, survey: wanted, after, ask: mode, language, anonymousId, consent } = script.dataset;
  const base = host ? host.replace(/\/*$/, '/') : new URL('..', script.src).href;
  const PREFIX = 'periplus.';
  const MINUTE_MS = 60e3;
  // The server is not asked again so soon after it had nothing to ask.
  const NOTHING_MS = 10 * MINUTE_MS;
  const CLOSED_MS = 30 * 24 * 60 * MINUTE_MS;
  // The snippet comes when it comes.
  const VISITOR_TRIES = 20;
  const TRY_MS = 250;

  const attempt = (work) => {
    try {
      return work();
    } catch {}
  };
  const kept = (name) => attempt(() => JSON.parse(localStorage.getItem(PREFIX + name)));
  const keep = (name, value) => attempt(() => localStorage.setItem(PREFIX + name, JSON.stringify(value)));
  const isUnwanted = navigator.doNotTrack === '1' || navigator.globalPrivacyControl === true;
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  const known = () => {
    const segments = attempt(() => localStorage.getItem('ajs_anonymous_id'));
    return anonymousId || kept('visitor')?.anonymousId || attempt(() => JSON.parse(segments)) || segments || kept('survey.visitor');
  };
  const fresh = () => {
    if (consent === 'required') return;
    const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    keep('survey.visitor', id);
    return id;
  };
  const visitor = async () => {
    for (let tried = 0; tried < VISITOR_TRIES && !known(); tried++) await sleep(TRY_MS);
    return known() || fresh();
  };

  // As text, so that browsers need not ask first whether they may.
  const post = async (path, body) => {
    const response = await fetch(base + path, { method: 'POST', body: JSON.stringify(body), credentials: 'omit', keepalive: true });
    return { status: response.status, told: await response.json() };
  };

  const STYLE = [
    ':host{all:initial;--surface:#fff;--ink:#1b1f24;--muted:#5b6470;--line:#7c8591;--hair:#d5d8dd;--blue:#0b62a8;--amber:#a84a08;--on:#fff}',
    '@media(prefers-color-scheme:dark){:host{--surface:#171c22;--ink:#e8eaed;--muted:#a4adb8;--line:#79838f;--hair:#3a424d;--blue:#6cb4f0;--amber:#f2a15a;--on:#101418}}',
    '*{box-sizing:border-box}',
    'dialog{position:fixed;inset:auto 16px 16px auto;z-index:2147483000;width:min(420px,calc(100vw - 32px));max-height:calc(100vh - 32px);overflow:auto;margin:0;padding:20px;border:1px solid var(--hair);border-radius:12px;background:var(--surface);color:var(--ink);box-shadow:0 8px 32px #0004;font:15px/22px system-ui,sans-serif;overflow-wrap:anywhere}',
    'dialog:dir(rtl){inset:auto auto 16px 16px}',
    '@media(prefers-reduced-motion:no-preference){dialog{animation:come .16s ease-out}@keyframes come{from{opacity:0;transform:translateY(8px)}}}',
    'h2{margin:0 36px 0 0;font-size:17px;line-height:24px;font-weight:600;outline:none}',
    'p{margin:6px 0 0;white-space:pre-line}',
    '.muted,.ends{color:var(--muted);font-size:13px;line-height:18px}',
    '.wrong{color:var(--amber);font-weight:500}',
    'fieldset,.question{border:0;margin:16px 0 0;padding:0;min-width:0}',
    'legend,.asked{display:block;padding:0;font-weight:600}',
    '.marks{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);gap:3px;margin-top:8px}',
    '.marks label{position:relative}',
    '.marks input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}',
    '.mark{display:flex;align-items:center;justify-content:center;min-height:40px;border:1px solid var(--line);border-radius:6px;font-variant-numeric:tabular-nums}',
    '.marks input:checked+.mark{background:var(--blue);border-color:var(--blue);color:var(--on)}',
    '.marks input:focus-visible+.mark,button:focus-visible,textarea:focus-visible,.option:focus-within{outline:3px solid var(--blue);outline-offset:1px}',
    '.ends{display:flex;justify-content:space-between;gap:16px;margin-top:4px}',
    '.option{display:flex;gap:10px;align-items:center;min-height:40px;padding:6px 10px;margin-top:4px;border:1px solid var(--line);border-radius:6px;cursor:pointer}',
    '.option input{width:18px;height:18px;margin:0;flex:none;accent-color:var(--blue);outline:none}',
    'textarea{width:100%;margin-top:8px;padding:8px 10px;border:1px solid var(--line);border-radius:6px;background:none;color:inherit;font:inherit;resize:vertical}',
    'button{font:inherit;cursor:pointer;color:inherit;background:none;border:0;border-radius:6px}',
    '.send{margin-top:16px;min-height:40px;padding:8px 20px;background:var(--ink);color:var(--surface);font-weight:600}',
    '.close{position:absolute;inset-block-start:12px;inset-inline-end:12px;width:36px;height:36px;font-size:20px;line-height:1}',
    '.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}',
  ].join('');

  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(attribute, '');
      else if (value !== undefined && value !== null && value !== false) element.setAttribute(attribute, value);
    }
    element.append(...inside.filter((piece) => piece !== undefined && piece !== null && piece !== false));
    return element;
  };

  // Whoever is typing is let finish.
  const isTyping = () => document.activeElement?.matches('input,textarea,select,[contenteditable]:not([contenteditable="false"])');
  const pause = async () => {
    while (isTyping()) await new Promise((resolve) => document.addEventListener('focusout', () => setTimeout(resolve, TRY_MS), { once: true }));
  };

  let open;
  const close = () => open?.close();

  const show = (told) => {
    const { words, language } = told;
    const before = document.activeElement;
    const element = make('div', { lang: language, dir: told.direction });
    const root = element.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const heading = make('h2', { id: 'title', tabindex: '-1', dir: 'auto' }, told.title);
    const content = make('div');
    const leave = make('button', { class: 'close', type: 'button', 'aria-label': words.close }, '×');
    const dialog = make('dialog', { 'aria-labelledby': 'title' }, heading, leave, content);
    root.append(dialog);
    let isOver = false;

    open = {
      close() {
        keep('survey.until', Date.now() + CLOSED_MS);
        element.remove();
        open = undefined;
        // Back to where they were, if that is still there.
        if (before?.isConnected) attempt(() => before.focus());
        element.dispatchEvent(new CustomEvent('close'));
      },
    };
    leave.addEventListener('click', close);
    dialog.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        close();
      }
    });

    const draw = (screen, note) => {
      const alert = make('p', { class: 'wrong', role: 'alert' });
      const fields = screen.questions.map((question) => field(question, words));
      const send = make('button', { class: 'send', type: 'submit' }, screen.is_last ? words.send : words.next);
      const form = make('form', { novalidate: true }, note && make('p', { class: 'muted', role: 'status', dir: 'auto' }, note), ...fields.map(({ element }) => element), alert, send);
      form.addEventListener('submit', async (event) => {
        event.preventDefault();
        if (send.getAttribute('aria-disabled')) return;
        send.setAttribute('aria-disabled', 'true');
        alert.textContent = '';
        fields.forEach(({ mend }) => mend(''));
        const answers = Object.fromEntries(screen.questions.map(({ id }, place) => [id, fields[place].value()]));
        const answer = await post('s/answer', { token: screen.token, language, carried: screen.carried, answers }).catch(() => undefined);
        send.removeAttribute('aria-disabled');
        const { status, told: next } = answer || {};
        if (status === 200 && next.questions) {
          draw(next, words.taken);
          heading.focus();
        } else if (status === 200 || status === 409) {
          isOver = true;
          content.replaceChildren(make('p', { role: 'status', dir: 'auto' }, next.thanks || next.message));
          heading.focus();
        } else {
          alert.textContent = next?.message || words.later;
          const wrong = screen.questions.map(({ id }, place) => [fields[place], next?.wrong?.[id]]).filter(([, why]) => why);
          wrong.forEach(([{ mend }, why]) => mend(why));
          wrong[0]?.[0].focus();
        }
      });
      content.replaceChildren(form);
    };

    document.body.append(element);
    dialog.show();
    draw(told, told.intro);
    heading.focus();
    return new Promise((resolve) => element.addEventListener('close', () => resolve(isOver)));
  };

  // A question: what is shown, what was given, where the focus goes, and what is wrong with it.
  const field = (question, words) => {
    const { id, kind, marks, options, many } = question;
    const optional = !question.required && make('span', { class: 'muted' }, ` ${words.optional}`);
    const hint = question.hint && make('p', { class: 'muted', id: `hint-${id}`, dir: 'auto' }, question.hint);
    const wrong = make('p', { class: 'wrong', id: `wrong-${id}` });
    wrong.hidden = true;
    const described = [question.hint && `hint-${id}`, `wrong-${id}`].filter(Boolean).join(' ');
    let element;
    let inputs;
    let value;
    if (kind === 'text') {
      const area = make('textarea', { id: `q-${id}`, rows: 3, dir: 'auto', maxlength: question.length_max, 'aria-describedby': described, 'aria-required': question.required && 'true' });
      element = make('div', { class: 'question' }, make('label', { class: 'asked', for: `q-${id}`, dir: 'auto' }, question.text, optional), hint, wrong, area);
      inputs = [area];
      value = () => area.value;
    } else {
      const end = (place) => (place === 0 ? question.low : place === marks.length - 1 ? question.high : undefined);
      const choose = (chosen, type, shown) => {
        const input = make('input', { type, name: id, value: chosen });
        return { input, label: make('label', { class: marks.length ? undefined : 'option', dir: 'auto' }, input, ...shown) };
      };
      const star = kind === 'stars' ? ' ★' : '';
      const made = marks.length
        ? marks.map((mark, place) => choose(mark, 'radio', [make('span', { class: 'mark' }, `${mark}${star}`), end(place) && make('span', { class: 'unseen' }, ` (${end(place)})`)].filter(Boolean)))
        : options.map((option) => choose(option.id, many ? 'checkbox' : 'radio', [make('span', {}, option.text)]));
      inputs = made.map(({ input }) => input);
      const ends = marks.length > 0 && (question.low || question.high) && make('p', { class: 'ends', 'aria-hidden': 'true' }, make('span', { dir: 'auto' }, question.low || ''), make('span', { dir: 'auto' }, question.high || ''));
      const several = many && make('p', { class: 'muted' }, words.several);
      element = make('fieldset', { 'aria-describedby': described }, make('legend', { dir: 'auto' }, question.text, optional), hint, wrong, several, make('div', { class: marks.length ? 'marks' : '' }, ...made.map(({ label }) => label)), ends);
      value = () => {
        const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
        return many ? chosen : (chosen[0] ?? null);
      };
    }
    const mend = (why) => {
      wrong.textContent = why;
      wrong.hidden = !why;
      inputs.forEach((input) => (why ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid')));
    };
    return { element, value, mend, focus: () => inputs[0].focus() };
  };

  // Asks the server, and the visitor if it says so. Answers whether they answered; nothing when they were not asked.
  let asking = false;
  const ask = async (survey = wanted) => {
    if (open || asking || isUnwanted) return;
    asking = true;
    try {
      const id = await visitor();
      if (!id) return;
      await pause();
      const { status, told } = await post('s/ask', { key, anonymousId: id, survey, language: language || document.documentElement.lang || undefined });
      if (status === 401 || status === 403) console.warn(`Periplus: ${told.message}`);
      if (status !== 200 || !told.survey) {
        keep('survey.until', Date.now() + NOTHING_MS);
        return;
      }
      return await show(told);
    } catch {
      // A server that cannot be reached asks nobody.
    } finally {
      asking = false;
    }
  };

  window.periplusSurvey = { ask, close };
  const begin = async () => {
    await sleep((after ?? 5) * 1e3);
    if (!(kept('survey.until') > Date.now())) ask();
  };
  if (mode !== 'manual') {
    if (document.readyState === 'complete') begin();
    else addEventListener('load', begin);
  }
})();
