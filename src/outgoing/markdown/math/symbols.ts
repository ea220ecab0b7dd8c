/** Commands of LaTeX that stand for a sign, as `name sign` pairs. */
const pairs = `
alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π
varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω
Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
times × div ÷ cdot · ast ∗ star ⋆ pm ± mp ∓ circ ∘ bullet • oplus ⊕ otimes ⊗ odot ⊙ setminus ∖ wedge ∧ vee ∨ land ∧ lor ∨ neg ¬ lnot ¬
le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ~ simeq ≃ cong ≅ propto ∝ ll ≪ gg ≫ lt < gt >
in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ emptyset ∅ varnothing ∅ forall ∀ exists ∃ nexists ∄
to → rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⇒ iff ⇔ mapsto ↦ uparrow ↑ downarrow ↓
longrightarrow → longleftarrow ← xrightarrow → rightleftharpoons ⇌ gets ←
sum ∑ prod ∏ int ∫ iint ∬ iiint ∭ oint ∮ partial ∂ nabla ∇ infty ∞ therefore ∴ because ∵
ldots … cdots … dots … vdots ⋮ ddots ⋱ prime ′ degree ° angle ∠ perp ⊥ parallel ∥ triangle △ square □ checkmark ✓
hbar ℏ ell ℓ Re ℜ Im ℑ aleph ℵ mid | vert | lvert | rvert | Vert ‖ lVert ‖ rVert ‖ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉
lbrace { rbrace } backslash \\ colon :
`;

export const symbols: ReadonlyMap<string, string> = new Map(
  [...pairs.matchAll(/(\S+) (\S+)/g)].map(([, name, sign]) => [name as string, sign as string]),
);

const shapes = (plain: string, small: string) => {
  const signs = [...small];
  return new Map([...plain].map((sign, at) => [sign, signs[at] as string]));
};

/** Signs that there are small, above the line and below it. */
export const superscripts: ReadonlyMap<string, string> = shapes(
  "0123456789+-=()abcdefghijklmnoprstuvwxyzTβ′*∘",
  "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᵝ′*°",
);
export const subscripts: ReadonlyMap<string, string> = shapes(
  "0123456789+-=()aehijklmnoprstuvx",
  "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ",
);
