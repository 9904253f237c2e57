<div class="gfluxscale">
${self.body() | n}
</div>
