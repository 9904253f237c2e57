<%page expression_filter="h"/>
<%inherit file="${context['layout']}"/>
<%namespace name="c" file="components.mako"/>
<h1>${task}</h1>
<p class="lead">${title} from the amplitude calibrator, whose flux density is known, to the other calibrators, and measure
their flux densities.</p>

${c.agreement(agreement)}

% if len(sections) > 1:
<section aria-labelledby="summary">
<h2 id="summary">Summary</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Summary of the MeasurementSets">
<table class="sortable">
  <thead><tr>
    <th scope="col">MeasurementSet</th><th scope="col">Start</th><th scope="col">Reference</th><th scope="col">Transfer</th>
    <th scope="col" class="number">Flux densities</th><th scope="col" class="number">Flagged</th><th scope="col">Lowest score</th>
  </tr></thead>
  <tbody>
  % for s in sections:
  <tr>
    <th scope="row"><a href="#${s.anchor}">${s.results.vis}</a></th>
    <td>${s.start or "–"}</td>
    <td>${", ".join(s.results.reference) or "–"}</td>
    <td>${", ".join(s.results.transfer) or "–"}</td>
    <td class="number" data-sort="${len(s.rows) - s.n_missing}">${len(s.rows) - s.n_missing} of ${len(s.rows)}</td>
    <td class="number" data-sort="${len(s.results.flags)}">${len(s.results.flags)}</td>
    <td data-sort="${s.worst.score if s.worst else -1}">
      % if s.worst:
      ${c.badge(s.worst.band, s.worst.score)} ${s.worst.shortmsg}
      % else:
      –
      % endif
    </td>
  </tr>
  % endfor
  </tbody>
</table>
</div>
</section>
% endif

% if any(s.adopted for s in sections):
<section aria-labelledby="adopted">
<h2 id="adopted">Measurement sets using adopted flux calibrations</h2>
<p>These MeasurementSets have no amplitude calibrator. Their flux densities and models are the means of the flux densities
of other MeasurementSets of the session, spw by spw; the tables of flux densities mark them as “adopted”.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Fields with adopted flux densities">
<table class="sortable">
  <thead><tr><th scope="col">MeasurementSet</th><th scope="col">Field</th><th scope="col">Adopted from</th></tr></thead>
  <tbody>
  % for s in sections:
  % for field, others in s.adopted:
  <tr><th scope="row"><a href="#${s.anchor}-fluxes">${s.results.vis}</a></th><td>${field}</td><td class="wrap">${others}</td></tr>
  % endfor
  % endfor
  </tbody>
</table>
</div>
</section>
% endif

% for s in sections:
<% r = s.results %>
<section class="ms" id="${s.anchor}" aria-labelledby="${s.anchor}-name">
<h2 id="${s.anchor}-name">${r.vis}</h2>
<p class="facts">
  % if r.record:
  <span>${r.record.telescope}</span> <span>${len(r.record.antennas)} antennas</span> <span>${s.start}</span>
  % endif
  % if r.refant:
  <span>refant ${r.refant}</span>
  % endif
  % if r.reference:
  <span>reference ${", ".join(r.reference)}</span>
  % endif
  % if r.transfer:
  <span>transfer ${", ".join(r.transfer)}</span>
  % endif
</p>
% if r.error:
<p class="notice notice-error"><strong>Failed:</strong> ${r.error}</p>
% endif
% for warning in r.warnings:
<p class="notice notice-warning"><strong>Warning:</strong> ${warning}</p>
% endfor
% if r.adopted_from:
<p class="notice notice-warning"><strong>Adopted:</strong> flux densities marked “adopted” were not measured here; they are
means of the flux densities of ${", ".join(r.adopted_from)}</p>
% endif
% for assumption in r.assumptions:
<p class="notice"><strong>Assumed:</strong> ${assumption}</p>
% endfor

<nav class="jump" aria-label="Sections of ${r.vis}">
  <a href="#${s.anchor}-qa">Quality</a>
  <a href="#${s.anchor}-fluxes">Flux densities</a>
  % if s.spectra:
  <a href="#${s.anchor}-spectra">Spectra</a>
  % endif
  <a href="#${s.anchor}-reference">Reference</a>
  <a href="#${s.anchor}-gains">Gains and flags</a>
  <a href="#${s.anchor}-steps">Steps</a>
  <a href="#${s.anchor}-call">Call</a>
</nav>

<h3 id="${s.anchor}-qa">Quality</h3>
${c.scores(s.scores)}

<h3 id="${s.anchor}-fluxes">Flux densities</h3>
% if s.rows:
<p>Derived: from the amplitude gains, by fluxscale; the models of the transfer fields have them, times the factor
of the block if <code>equalize</code> is on.
Calibrated: the vector average of the calibrated visibilities, with the uncertainty from their scatter; the total
uncertainty includes the flux scale. If the ratio differs from 1 by the same factor in all spws, the source varies or the
flux scale is wrong. If the ratio differs between spws, single spws are wrong.</p>
<div class="tools" hidden>
  <label>Filter <input type="search" class="filter" data-table="${s.anchor}-table" placeholder="field, intent, spw …" autocomplete="off"></label>
  <label><input type="checkbox" class="polarisation" data-table="${s.anchor}-table"> Stokes Q, U, V</label>
  <output class="count" aria-live="polite"></output>
</div>
<div class="scroll tall" tabindex="0" role="region" aria-label="Flux densities of ${r.vis}">
<table class="sortable fluxes${' with-caveats' if any(m.caveats for m in r.measurements) else ''}" id="${s.anchor}-table">
  <thead><tr>
  % for column in columns:
    <th scope="col" class="${'number ' if column.number else ''}${column.group}" title="${column.hint or column.title}">${column.title}${f" ({column.unit})" if column.unit else ""}</th>
  % endfor
  </tr></thead>
  <tbody>
  % for row in s.rows:
  <tr class="${'missing' if row.missing else ''}">
    <th scope="row">${row.cells[0].text}</th>
    % for item, column in zip(row.cells[1:], columns[1:]):
    ${c.cell(item, column.number, kind=column.group)}
    % endfor
  </tr>
  % endfor
  </tbody>
</table>
</div>
% else:
<p>No flux density was measured.</p>
% endif

% if s.fits:
<h4>Power laws through the calibrated flux densities</h4>
<div class="scroll" tabindex="0" role="region" aria-label="Fitted spectra of ${r.vis}">
<table class="sortable">
  <thead><tr><th scope="col">Field</th><th scope="col" class="number">Frequency (GHz)</th><th scope="col" class="number">Flux density (Jy)</th><th scope="col" class="number">Spectral index</th><th scope="col" class="number">Catalogue</th><th scope="col" class="number">χ² / free</th></tr></thead>
  <tbody>
  % for fit in s.fits:
  <tr><th scope="row">${fit.field}</th>${c.cell(fit.frequency, True)}${c.cell(fit.flux, True)}${c.cell(fit.spix, True)}${c.cell(fit.catalogue_spix, True)}<td class="number">${fit.chi2}</td></tr>
  % endfor
  </tbody>
</table>
</div>
% endif

% if s.spectra:
<h3 id="${s.anchor}-spectra">Flux density against frequency</h3>
<div class="gallery ${'three' if len(s.spectra) % 3 == 0 else ''}">
  % for f in s.spectra:
  ${c.figure(f)}
  % endfor
</div>
% endif

<h3 id="${s.anchor}-reference">Reference calibrator</h3>
% if not s.antennas:
<p>No reference calibrator was used.</p>
% else:
<div class="scroll" tabindex="0" role="region" aria-label="Antennas and uv range of ${r.vis}">
<table>
  <thead><tr><th scope="col">Reference</th><th scope="col">Antennas (blank: all)</th><th scope="col">uv range (blank: all)</th><th scope="col">Why</th></tr></thead>
  <tbody>
  % for row in s.antennas:
  <tr><th scope="row">${row.field}</th><td class="wrap">${row.antennas}</td><td>${row.uvrange}</td><td class="wrap">${row.message}</td></tr>
  % endfor
  </tbody>
</table>
</div>
% endif
% if s.references:
<h4>Flux densities of the reference</h4>
<div class="scroll" tabindex="0" role="region" aria-label="Flux densities of the reference in ${r.vis}">
<table class="sortable">
  <thead><tr><th scope="col">Reference</th><th scope="col" class="number">Spw</th><th scope="col" class="number">Frequency (GHz)</th><th scope="col" class="number">Model (Jy)</th><th scope="col" class="number" title="The replaced model of the MeasurementSet, if it differs by more than 1 %">Model before (Jy)</th><th scope="col">Source of the model</th></tr></thead>
  <tbody>
  % for row in s.references:
  <tr><th scope="row">${row.field}</th>${c.cell(row.spw, True)}${c.cell(row.frequency, True)}${c.cell(row.flux, True)}${c.cell(row.before, True)}<td class="wrap">${row.origin}</td></tr>
  % endfor
  </tbody>
</table>
</div>
% endif
% if s.amplitudes:
<div class="gallery ${'three' if len(s.amplitudes) % 3 == 0 else ''}">
  % for f in s.amplitudes:
  ${c.figure(f)}
  % endfor
</div>
% endif

<h3 id="${s.anchor}-gains">Gains and flags</h3>
% if s.gains:
${c.figure(s.gains, "wide")}
% endif
% if r.user_flags:
<p>The user's flag commands (${r.user_flags[0].command.file}), applied to the working copy only; the MeasurementSet keeps
its flags.</p>
<div class="scroll"><table>
<tr><th>Line</th><th>Command</th><th>Reason</th><th class="number">Visibilities flagged</th><th></th></tr>
% for applied in r.user_flags:
<tr><td class="number">${applied.command.line}</td><td><code>${applied.command.text}</code></td><td>${applied.command.reason}</td>
<td class="number">${applied.number}</td><td>${applied.nothing}</td></tr>
% endfor
</table></div>
% endif
% if r.flags:
<p><strong>${len(r.flags)}</strong> ${"solution was" if len(r.flags) == 1 else "solutions were"} flagged in the amplitude
caltable, and only there; the scans were solved again without ${"it" if len(r.flags) == 1 else "them"}.
<a href="${s.flags_file}" download>Download the flag commands</a></p>
<details><summary>Flag commands (${len(r.flags)})</summary>
${c.lines(r.flags)}
</details>
% else:
<p>No amplitude solution was flagged (0 flag commands).</p>
% endif

<h3 id="${s.anchor}-steps">Steps</h3>
% if r.error and not r.elapsed:
<p>No steps were recorded.</p>
% else:
<p>The steps in the order in which they ran. Within “Solve”, a box is one solve, with the
parameters of gaincal, for one calibrator with one intent in one spectral setup; the amplitudes are solved for with the phase solutions applied.</p>
<div class="wide-only">${s.diagram_wide | n}</div>
<div class="narrow-only">${s.diagram_narrow | n}</div>
% endif

<h3 id="${s.anchor}-call">Call</h3>
${c.run_record(r.record, r.elapsed)}
% if r.caltables:
<details><summary>Caltables (${len(r.caltables)})</summary>
${c.lines(r.caltables)}
</details>
% endif
% if s.commands_file:
<details><summary>CASA commands (${len(r.record.commands)})</summary>
${c.lines(r.record.commands)}
</details>
<p><a href="${s.commands_file}" download>Download the CASA commands</a></p>
% endif
</section>
% endfor

${c.viewer()}
