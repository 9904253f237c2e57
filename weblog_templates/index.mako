<%page expression_filter="h"/>
<%inherit file="${context['layout']}"/>
<%namespace name="c" file="components.mako"/>
<h1>WebLog</h1>
<div class="scroll" tabindex="0" role="region" aria-label="Stages">
<table class="sortable">
  <thead><tr><th scope="col" class="number">Stage</th><th scope="col">Task</th><th scope="col">MeasurementSets</th><th scope="col">Lowest score</th><th scope="col">Message</th></tr></thead>
  <tbody>
  % for number, stage in stages:
  <tr>
    <td class="number" data-sort="${number}">${number}</td>
    <th scope="row">
      % if stage.page:
      <a href="${stage.page}">${stage.task}</a>
      % else:
      ${stage.task}
      % endif
      <br><span class="quiet">${stage.title}</span>
    </th>
    <td>${", ".join(stage.vis)}</td>
    <td data-sort="${-1 if stage.score is None else stage.score}">
      % if stage.score is not None:
      ${c.badge(stage.band, f"{stage.score:.2f}")}
      % else:
      –
      % endif
    </td>
    <td>${stage.shortmsg or ""}${f" ({stage.errors} with errors)" if stage.errors else ""}</td>
  </tr>
  % endfor
  </tbody>
</table>
</div>
