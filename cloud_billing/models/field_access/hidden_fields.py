"""A view without the fields that a person may not read: the fields themselves, and what the view says with them."""

import ast
import re

from lxml import etree

# Attributes of a view that are Python expressions over the fields of the record.
_EXPRESSIONS = ("invisible", "readonly", "required", "column_invisible", "domain", "context")
# Attributes that name a field, without which the element still says something.
_NAMES = ("default_order", "default_group_by", "sum", "avg")


def hide_fields(registry, model, arch, denied):
    """The arch of a view of `model` (text) without the fields in `denied`, a set of (model, field)."""
    names = {name for _model, name in denied}
    if not any(re.search(rf"\b{re.escape(name)}\b", arch) for name in names):
        return arch
    tree = etree.fromstring(arch)
    _Hider(registry, denied).hide(tree, model, None)
    return etree.tostring(tree, encoding="unicode")


class _Hider:
    def __init__(self, registry, denied):
        self.registry = registry
        self.denied = denied

    def hide(self, node, model, parent):
        """Hide in one element and in those inside it. parent: the model around a list within a form."""
        names, outer = self._get_names(model), self._get_names(parent)
        self._mend_attributes(node, names, outer)
        for child in node.iterchildren(tag=etree.Element):
            if self._is_about(child, names):
                _remove(child)
                continue
            inner = self._get_inner_model(child, model)
            if inner:
                self._mend_attributes(child, names, outer)
                for view in child.iterchildren(tag=etree.Element):
                    self.hide(view, inner, model)
            else:
                self.hide(child, model, parent)

    def _get_names(self, model):
        return {name for of_model, name in self.denied if of_model == model}

    def _get_inner_model(self, node, model):
        """The model of the views inside a field; None for what is no field with views of its own."""
        if node.tag != "field" or not len(node) or model not in self.registry:
            return None
        field = self.registry[model]._fields.get(node.get("name"))
        return field.comodel_name if field is not None and field.relational else None

    def _is_about(self, node, names):
        """Whether an element is there to show, to label or to filter by a hidden field."""
        if node.tag == "field":
            return node.get("name") in names
        if node.tag == "label":
            return node.get("for") in names
        if node.tag == "filter":
            return _mentions(node, ("domain", "context", "date"), names)
        if node.tag == "progressbar":
            return _mentions(node, ("field", "sum_field"), names)
        shown = [name for name in node.attrib if name.startswith("t-")]
        return any(re.search(rf"\brecord\.{re.escape(name)}\b", node.get(key)) for key in shown for name in names)

    def _mend_attributes(self, node, names, outer):
        for key, value in node.items():
            if key in _NAMES and _mentions(node, (key,), names):
                del node.attrib[key]
            elif key in _EXPRESSIONS or key.startswith("decoration-"):
                node.set(key, _without(value, names, outer))


def _mentions(node, keys, names):
    texts = [node.get(key) or "" for key in keys]
    return any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts for name in names)


def _without(expression, names, outer):
    """A Python expression in which hidden fields are False, as an empty field is."""
    if not any(re.search(rf"\b{re.escape(name)}\b", expression) for name in names | outer):
        return expression
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        return expression
    return ast.unparse(_Emptied(names, outer).visit(tree))


class _Emptied(ast.NodeTransformer):
    def __init__(self, names, outer):
        self.names = names
        self.outer = outer

    def visit_Name(self, node):
        return ast.Constant(False) if node.id in self.names else node

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and node.value.id == "parent":
            return ast.Constant(False) if node.attr in self.outer else node
        self.generic_visit(node)
        return node


def _remove(node):
    """Take an element out; the text behind it belongs to its parent and stays."""
    parent, before = node.getparent(), node.getprevious()
    if node.tail and before is not None:
        before.tail = (before.tail or "") + node.tail
    elif node.tail:
        parent.text = (parent.text or "") + node.tail
    parent.remove(node)
